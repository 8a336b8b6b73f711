"""One module a suite: dataset, task, scorer."""
