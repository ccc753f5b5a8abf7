"""What differs between two versions of the flows, in what they mean: not in comments, order of keys or spaces."""
