using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Directory;

/// <summary>
/// A client id as the name of a znode: what such a name cannot hold is percent-encoded as in RFC 3986 (its UTF-8 bytes, two
/// upper-case hex digits each), and so is the percent sign.
/// </summary>
internal static class ZnodeName
{
    public static string Encode(string clientId)
    {
        // Names that mean something else: this znode, the one above, and ZooKeeper's own at the root.
        return clientId switch
        {
            "." => "%2E",
            ".." => "%2E%2E",
            "zookeeper" => "%7Aookeeper",
            _ => NeedsNone(clientId) ? clientId : EncodeAll(clientId),
        };
    }

    /// <returns>False for a name that no client id has.</returns>
    public static bool TryDecode(string name, [NotNullWhen(true)] out string? clientId)
    {
        clientId = name;
        if (!name.Contains('%', StringComparison.Ordinal))
        {
            return true;
        }

        clientId = Unescape(name);
        return clientId is not null;
    }

    private static bool IsPlain(char c) => c is not ('/' or '%') && !ZnodePath.IsForbidden(c);

    private static bool NeedsNone(string clientId)
    {
        foreach (var c in clientId)
        {
            if (!IsPlain(c))
            {
                return false;
            }
        }

        return true;
    }

    private static string EncodeAll(string clientId)
    {
        var encoded = new StringBuilder(clientId.Length + 16);
        foreach (var rune in clientId.EnumerateRunes())
        {
            if (rune.IsBmp && IsPlain((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
            }
            else
            {
                encoded.Append(Escape(rune.ToString()));
            }
        }

        return encoded.ToString();
    }

    private static string Escape(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[4];
        var size = Encoding.UTF8.GetBytes(text, bytes);
        var escaped = "";
        foreach (var each in bytes[..size])
        {
            escaped += $"%{each:X2}";
        }

        return escaped;
    }

    private static string? Unescape(string name)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(name.Length)];
        var size = 0;
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '%')
            {
                size += Encoding.UTF8.GetBytes(name.AsSpan(i, 1), bytes.AsSpan(size));
            }
            else if (
                i + 2 < name.Length
                && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out bytes[size])
            )
            {
                size++;
                i += 2;
            }
            else
            {
                return null;
            }
        }

        return Text(bytes.AsSpan(0, size));
    }

    private static string? Text(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
