namespace Kalinka.Common.Configuration;

/// <summary>One mistake in a configuration.</summary>
/// <param name="KeyPath">Where, as .NET writes it: <c>Mqtt:Brokers:1:Address</c>; empty for the file as a whole.</param>
/// <param name="Message">What is wrong and what would be right, for a person.</param>
public sealed record ConfigurationError(string KeyPath, string Message)
{
    public override string ToString() => KeyPath.Length == 0 ? Message : $"{KeyPath}: {Message}";
}
