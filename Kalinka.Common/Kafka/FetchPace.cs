namespace Kalinka.Common.Kafka;

/// <summary>What a fetch waits for, unless <c>Kafka:Properties</c> says otherwise.</summary>
public enum FetchPace
{
    /// <summary>Up to 20 ms for 16 KiB: a handful of records at a time wakes every thread for little.</summary>
    Gathering,

    /// <summary>
    /// Nothing. For a topic that only Kalinka writes: its producers have gathered already. There a fetch that waits makes
    /// one partition's records wait for those of the others, which may be paused.
    /// </summary>
    AtOnce,
}
