"""The command line acs-tokens: the real program, over real sockets."""
