namespace Kalinka.Bench;

/// <summary>The measurement cannot be made; the message is for the person at the terminal.</summary>
internal sealed class BenchException(string message) : Exception(message);
