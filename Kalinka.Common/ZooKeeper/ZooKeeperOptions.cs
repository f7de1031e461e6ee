using Kalinka.Common.Tls;

namespace Kalinka.Common.ZooKeeper;

/// <summary>The section <c>ZooKeeper</c>.</summary>
/// <param name="ConnectionString"><c>host:port,host:port/chroot</c>.</param>
/// <param name="Auth">Digest credentials, <c>user:password</c>; null for none.</param>
/// <param name="ClientsPath">Where the client znodes are, below the chroot.</param>
/// <param name="Shards">False: client znodes directly below <paramref name="ClientsPath"/>.</param>
public sealed record ZooKeeperOptions(
    string ConnectionString,
    TimeSpan SessionTimeout,
    string? Auth,
    TlsOptions? Tls,
    string ClientsPath,
    bool Shards
);
