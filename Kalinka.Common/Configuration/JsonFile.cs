using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Kalinka.Common.Configuration;

/// <summary>
/// Reads a JSON file into .NET's flat key paths. Unlike the provider of Microsoft.Extensions.Configuration it reports
/// every duplicate key, with line and column, and tells an empty list from a missing one.
/// </summary>
internal sealed class JsonFile
{
    private static readonly JsonReaderOptions Syntax = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly byte[] _content;
    private readonly Findings _findings;

    private JsonFile(byte[] content, Findings findings)
    {
        _content = content;
        _findings = findings;
    }

    /// <summary>The file's leaves by key path; null when it is missing, unreadable or no JSON object.</summary>
    public static Dictionary<string, string?>? Read(string file, Findings findings)
    {
        string problem;
        try
        {
            return Parse(File.ReadAllBytes(file), findings);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "no such file";
        }
        catch (JsonException exception)
        {
            problem =
                $"line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1}: not JSON: {Reason(exception)}";
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            problem = System.IO.Directory.Exists(file) ? "is a directory" : exception.Message;
        }

        findings.Errors.Add(new ConfigurationError("", $"{file}: {problem}"));
        return null;
    }

    private static Dictionary<string, string?> Parse(byte[] content, Findings findings)
    {
        var text = content.AsSpan();
        if (text.StartsWith(Encoding.UTF8.Preamble))
        {
            text = text[Encoding.UTF8.Preamble.Length..];
        }

        if (!Utf8.IsValid(text))
        {
            throw new InvalidDataException("not UTF-8");
        }

        var reader = new Utf8JsonReader(text, Syntax);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException("the whole file must be one JSON object: { ... }");
        }

        var file = new JsonFile(text.ToArray(), findings);
        file.ReadObject(ref reader, "");
        // What follows the object is an error that the reader finds.
        reader.Read();
        return file._values;
    }

    private void ReadObject(ref Utf8JsonReader reader, string path)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var child = path.Length == 0 ? name : $"{path}:{name}";
            if (!names.Add(name))
            {
                ReportDuplicate(child, reader.TokenStartIndex);
            }

            reader.Read();
            ReadValue(ref reader, child);
        }

        MarkEmpty(path, names.Count);
    }

    private void ReadArray(ref Utf8JsonReader reader, string path)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ReadValue(ref reader, $"{path}:{count++}");
        }

        MarkEmpty(path, count);
    }

    private void ReadValue(ref Utf8JsonReader reader, string path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                ReadObject(ref reader, path);
                break;
            case JsonTokenType.StartArray:
                ReadArray(ref reader, path);
                break;
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                _values.TryAdd(path, reader.GetString());
                break;
            default:
                _values.TryAdd(path, Encoding.UTF8.GetString(reader.ValueSpan));
                break;
        }
    }

    private void MarkEmpty(string path, int count)
    {
        if (count == 0 && path.Length > 0)
        {
            _values.TryAdd(path, "");
        }
    }

    private void ReportDuplicate(string path, long position)
    {
        var before = _content.AsSpan(0, (int)position);
        var line = before.Count((byte)'\n') + 1;
        var column = before.Length - before.LastIndexOf((byte)'\n');
        _findings.Errors.Add(
            new ConfigurationError(path, $"is there twice; the second is in line {line}, column {column}")
        );
    }

    private static string Reason(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
