"""Speed and memory as ratios against what a user would otherwise write, each measured in one run."""
