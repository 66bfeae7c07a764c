"""Operations on programs, campaigns and credentials, written once for both engines."""
