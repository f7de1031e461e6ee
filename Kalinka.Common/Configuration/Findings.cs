namespace Kalinka.Common.Configuration;

/// <summary>What reading a configuration brings to light. Nothing stops at the first mistake.</summary>
public sealed class Findings
{
    /// <summary>Mistakes: the configuration cannot be used.</summary>
    public List<ConfigurationError> Errors { get; } = [];

    /// <summary>Legal, and perhaps not what is meant.</summary>
    public List<ConfigurationError> Warnings { get; } = [];

    /// <summary>Every key that was asked for; the number of a list's entry is written <c>*</c>.</summary>
    public SortedSet<string> KnownKeys { get; } = new(StringComparer.Ordinal);

    /// <summary>True when an error lies at this key path or below it.</summary>
    public bool HasErrorsAt(string keyPath) =>
        Errors.Exists(error =>
            error.KeyPath.StartsWith(keyPath, StringComparison.OrdinalIgnoreCase)
            && (error.KeyPath.Length == keyPath.Length || error.KeyPath[keyPath.Length] == ':')
        );
}
