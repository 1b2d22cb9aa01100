"""The page Lessons: chapters that are run with a click, with a question at the end."""
