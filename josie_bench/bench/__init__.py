"""From a suite's cases to a result: a trial in a fresh process each, scored and judged."""
