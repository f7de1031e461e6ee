namespace Kalinka.QuickStart;

/// <summary>The demonstration cannot go on; the message is for the person at the terminal.</summary>
internal sealed class QuickStartException(string message) : Exception(message);
