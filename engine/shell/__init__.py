"""The world: sockets, greenlets, Redis, HTTP, child programs, files and clocks. It performs what the pure rooms decide."""
