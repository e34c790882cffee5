"""Whether the documents for who works on simnet, and the files of CI, say what is there."""
