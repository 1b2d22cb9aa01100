"""The part of the studio that trains: what is asked for, the queue, and the processes that do it."""
