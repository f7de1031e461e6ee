namespace Kalinka.Bench.Servers;

/// <summary>Where records go: a real broker when there is one, else the mock of librdkafka.</summary>
internal interface IKafka : IAsyncDisposable
{
    string BootstrapServers { get; }

    /// <summary>What it is, for the report.</summary>
    string Description { get; }

    /// <summary>Creates topics of <see cref="Partitions"/> partitions.</summary>
    Task CreateTopicsAsync(params IReadOnlyList<string> kafkaTopics);

    /// <summary>Of each topic: what the mock makes unasked.</summary>
    static int Partitions => 4;
}
