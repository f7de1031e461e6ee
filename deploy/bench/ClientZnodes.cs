namespace Kalinka.Bench;

/// <summary>Says of all clients of the load that they are connected to the one broker.</summary>
internal static class ClientZnodes
{
    public static Task WriteAsync(int zooKeeperPort) => throw new BenchException($"{zooKeeperPort}");
}
