"""The benchmark (`make bench`), with its own yardsticks; see docs/performance.md."""
