namespace Kalinka.Common.ZooKeeper;

/// <summary>The znode of the ensemble that stands for a client's root.</summary>
/// <param name="Prefix">Empty for the root itself, else <c>/path</c>.</param>
internal readonly record struct Chroot(string Prefix)
{
    public string ToServer(string path) =>
        Prefix.Length == 0 ? path
        : path.Length == 1 ? Prefix
        : Prefix + path;

    public string FromServer(string path)
    {
        if (Prefix.Length == 0 || !path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return path;
        }

        return path.Length == Prefix.Length ? "/" : path[Prefix.Length..];
    }

    /// <summary>The chroot and its ancestors, the outermost first.</summary>
    public IEnumerable<string> Ancestry()
    {
        for (var end = 1; end < Prefix.Length; end++)
        {
            end = Prefix.IndexOf('/', end) is var slash && slash > 0 ? slash : Prefix.Length;
            yield return Prefix[..end];
        }
    }
}
