namespace Kalinka.Bench.Scale;

/// <param name="Heap">Of the ZooKeeper server, as java's -Xmx takes it.</param>
/// <param name="Folder">For logs.</param>
internal sealed record ScaleOptions(int Clients, string Heap, string Folder);
