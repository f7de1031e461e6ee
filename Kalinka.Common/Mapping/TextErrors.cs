using Kalinka.Common.Configuration;

namespace Kalinka.Common.Mapping;

/// <summary>Collects what is wrong with one text of the configuration, with the place in it.</summary>
public sealed class TextErrors(string keyPath, string text, ICollection<ConfigurationError> errors)
{
    /// <summary>Whether anything has been reported through this object.</summary>
    public bool Any { get; private set; }

    public void Report(string message)
    {
        Any = true;
        errors.Add(new ConfigurationError(keyPath, $"\"{text}\": {message}"));
    }

    /// <param name="position">From 0; told to people from 1.</param>
    public void Report(int position, string message)
    {
        Any = true;
        errors.Add(new ConfigurationError(keyPath, $"\"{text}\", character {position + 1}: {message}"));
    }
}
