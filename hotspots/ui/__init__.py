"""What the screen is made of; the only room that knows Streamlit."""
