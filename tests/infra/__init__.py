"""What can be known without Azure about what `azd up` creates and deploys."""
