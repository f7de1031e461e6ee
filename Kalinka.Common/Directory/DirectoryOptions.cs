namespace Kalinka.Common.Directory;

/// <summary>Where it is kept which broker a client is connected to.</summary>
public enum DirectoryKind
{
    ZooKeeper,
    Kafka,
}

/// <param name="KafkaTopic">The compacted topic; with <see cref="DirectoryKind.Kafka"/>.</param>
/// <param name="Capacity">Clients in memory at most; with <see cref="DirectoryKind.Kafka"/>, where all of them are there.</param>
public sealed record DirectoryOptions(DirectoryKind Kind, string KafkaTopic, int Capacity)
{
    public const string DefaultTopic = "kalinka.directory";

    /// <summary>Some 400 MB of memory with Client Identifiers of 20 bytes.</summary>
    public const int DefaultCapacity = 5_000_000;
}
