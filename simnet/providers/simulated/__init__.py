"""Networks in this process: the chains' own runtimes, simulated nodes and links, a virtual clock, a seed."""
