"""The shop: guided tours of unusual heritage, held, paid with WeChat Pay, shown at the door."""
