"""What is remembered of calls: their records and traces, who finds them, and what each tenant used."""
