"""The AWS Deployment Engine: gather, plan, apply."""
