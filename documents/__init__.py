"""Documents in and out: response records read, papers written."""
