"""The engine `cpython`: the node's modules run in this process."""
