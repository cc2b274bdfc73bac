"""What the books do: write the `journal`, issue `documents`, `close` periods, `export`. Callers own transactions."""
