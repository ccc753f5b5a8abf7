"""The world: sockets, greenlets, Redis, HTTP, programs, files and clocks. It performs what the pure rooms decide."""
