using System.Text.Json;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>A string of a JSON document, in place; as good as not there where it is none.</summary>
internal readonly ref struct JsonText(ReadOnlySpan<byte> quoted)
{
    // With its quotation marks, as the document has it.
    private readonly ReadOnlySpan<byte> _quoted = quoted;

    public bool IsPresent => !_quoted.IsEmpty;

    public bool Is(ReadOnlySpan<byte> utf8)
    {
        if (!IsPresent)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(_quoted);
            reader.Read();
            return reader.ValueTextEquals(utf8);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: equal to nothing that is UTF-8.
            return false;
        }
    }

    /// <returns>What stands between the quotation marks; empty when it is too long for <paramref name="scratch"/>.</returns>
    /// <exception cref="InvalidOperationException">Half a surrogate pair, or bytes that are no UTF-8.</exception>
    public ReadOnlySpan<byte> Unescape(Span<byte> scratch)
    {
        if (!IsPresent)
        {
            return default;
        }

        var reader = new Utf8JsonReader(_quoted);
        reader.Read();
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        return reader.ValueSpan.Length > scratch.Length ? default : scratch[..reader.CopyString(scratch)];
    }

    /// <summary>The bytes between the quotation marks, escapes and all: good for comparing only.</summary>
    public ReadOnlySpan<byte> Raw => IsPresent ? _quoted[1..^1] : default;
}
