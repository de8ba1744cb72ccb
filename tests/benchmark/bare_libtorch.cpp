// A program that links LibTorch and does nothing: what its start costs.
int main() { return 0; }
