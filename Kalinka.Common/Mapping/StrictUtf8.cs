using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;

namespace Kalinka.Common.Mapping;

/// <summary>UTF-8 that refuses half a surrogate pair instead of writing a replacement character for it.</summary>
public static class StrictUtf8
{
    public static bool TryEncode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var room = new byte[text.Length * 3];
        var status = Utf8.FromUtf16(text, room, out _, out var written, replaceInvalidSequences: false);
        bytes = status == OperationStatus.Done ? room[..written] : null;
        return bytes is not null;
    }
}
