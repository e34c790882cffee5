"""The Docker provider: official node images in containers, each in the network namespace of a sandbox."""
