namespace Kalinka.Common.Configuration;

/// <summary>Secrets stand in the configuration or in a file of their own. They never reach a message.</summary>
public static class Secrets
{
    /// <summary>
    /// The value of <paramref name="key"/>, or the content of the file that <c>{key}File</c> names without the line
    /// break at its end; null when there is neither.
    /// </summary>
    public static string? Secret(this SectionReader section, string key)
    {
        var value = section.Text(key);
        var file = section.Text(key + "File");
        if (value is not null && file is not null)
        {
            section.Error(key + "File", $"{key} is given too: keep one of them");
        }

        return file is null ? value : ReadSecret(section, key + "File", file);
    }

    private static string? ReadSecret(SectionReader section, string key, string file)
    {
        var content = section.ReadFile(key, file);
        if (content is null)
        {
            return null;
        }

        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(file).HasFlag(UnixFileMode.OtherRead))
        {
            section.Warn(key, $"{file} can be read by every user of this machine");
        }

        var secret = content.EndsWith('\n') ? content[..^1].TrimEnd('\r') : content;
        if (secret.Length == 0)
        {
            section.Error(key, $"{file} is empty");
        }

        return secret;
    }

    /// <summary>The text of a file that a key names; null, and an error, when it cannot be read.</summary>
    internal static string? ReadFile(this SectionReader section, string key, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            section.Error(key, $"{file}: no such file");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            section.Error(key, $"{file} cannot be read: {exception.Message}");
        }

        return null;
    }
}
