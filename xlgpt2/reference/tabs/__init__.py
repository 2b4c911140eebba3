"""What each tab shows, computed without a formula; a file has its tab's name."""
