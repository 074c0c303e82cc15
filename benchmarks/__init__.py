"""The measured claims, one file each: the figure, what it is held against, and the ratio, in one run."""
