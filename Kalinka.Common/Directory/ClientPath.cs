using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Kalinka.Common.Mapping;

namespace Kalinka.Common.Directory;

/// <summary>
/// Where a client's znode is: <c>/clients/&lt;shard&gt;/&lt;name&gt;</c>. The shard is the low byte of Kafka's murmur2 of the
/// client id, as two hex digits, because the list of a znode's children must fit into 1 MB.
/// </summary>
/// <param name="root">Of the client znodes; <c>/</c> for the chroot itself.</param>
/// <param name="shards">False: the client znodes are directly below the root.</param>
public sealed class ClientPath(string root, bool shards)
{
    /// <summary>
    /// Bytes that the name of a client's znode may have. ZooKeeper itself would take more, but every name takes its room
    /// in the ensemble's memory, in that of each watcher and in lists of children.
    /// </summary>
    public const int LongestName = 2048;

    private readonly string _prefix = root == "/" ? "/" : root + "/";

    /// <param name="clientId">UTF-8.</param>
    /// <param name="path">Below the chroot.</param>
    /// <param name="rejection">Why there can be no such znode, for a person.</param>
    public bool TryMap(
        ReadOnlySpan<byte> clientId,
        [NotNullWhen(true)] out string? path,
        [NotNullWhen(false)] out string? rejection
    )
    {
        path = null;
        rejection = Fault(clientId);
        if (rejection is not null)
        {
            return false;
        }

        var name = ZnodeName.Encode(Encoding.UTF8.GetString(clientId));
        if (Encoding.UTF8.GetByteCount(name) is var size && size > LongestName)
        {
            rejection = $"the client id takes {size} bytes as a znode's name; at most {LongestName} are kept";
            return false;
        }

        path = _prefix + Shard(clientId) + name;
        return true;
    }

    /// <summary>The client of a znode; null for a znode that is no client's.</summary>
    public string? ClientOf(string path)
    {
        if (!path.StartsWith(_prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var start = _prefix.Length + (shards ? 3 : 0);
        var isClient =
            path.Length > start
            && path.IndexOf('/', start) < 0
            && (!shards || path.IndexOf('/', _prefix.Length) == start - 1);
        return isClient && ZnodeName.TryDecode(path[start..], out var clientId) ? clientId : null;
    }

    /// <summary>
    /// Where the client of a znode is looked for, when that is another path: its name is encoded in another way than ours
    /// (<c>%2f</c> for <c>%2F</c>, <c>%20</c> for a space), or it is in another client's shard. Null when all is well.
    /// </summary>
    /// <param name="clientId">Of the path, as <see cref="ClientOf"/> says, in UTF-8.</param>
    public string? MisplacedFrom(string path, ReadOnlySpan<byte> clientId) =>
        TryMap(clientId, out var own, out _) && own != path ? own : null;

    /// <summary>Why there can be no entry for this client id, for a person; null when there can.</summary>
    internal static string? Fault(ReadOnlySpan<byte> clientId)
    {
        if (clientId.IsEmpty)
        {
            return "the client id is empty";
        }

        if (clientId.Length > LongestName)
        {
            return $"the client id has {clientId.Length} bytes; at most {LongestName} are kept as a znode's name";
        }

        return Utf8.IsValid(clientId) ? null : "the client id is no UTF-8";
    }

    private string Shard(ReadOnlySpan<byte> clientId) =>
        shards ? string.Create(CultureInfo.InvariantCulture, $"{(byte)Murmur2.Hash(clientId):x2}/") : "";
}
