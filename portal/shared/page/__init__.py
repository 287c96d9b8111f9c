"""What every page is made of: kept ready with holes, and the header that keeps search engines away."""
