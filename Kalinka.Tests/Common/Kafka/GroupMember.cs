using System.Collections.Concurrent;
using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Kafka;

/// <summary>
/// A consumer on a thread of its own that notes what befalls it, and stores the offset of every record it has read.
/// </summary>
internal sealed class GroupMember : IAssignmentHandler, IDisposable
{
    private static int _members;

    private readonly Thread _thread;
    private readonly int _number = Interlocked.Increment(ref _members);
    private volatile bool _stopped;

    public GroupMember(
        string bootstrapServers,
        IReadOnlyCollection<string> topics,
        params (string Name, string Value)[] properties
    )
    {
        Consumer = new RecordConsumer(
            Producing.OptionsFor(bootstrapServers, properties),
            $"member-{_number}",
            this,
            NullLogger.Instance
        );
        Consumer.Subscribe(topics);
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    public RecordConsumer Consumer { get; }

    /// <summary>Called on the thread that consumes, before the hand-over of a revoked partition.</summary>
    public Action<TopicPartition> Revoking { get; set; } = _ => { };

    public ConcurrentQueue<string> Events { get; } = new();

    public ConcurrentDictionary<TopicPartition, byte> Owned { get; } = new();

    public ConcurrentQueue<(TopicPartition Partition, long Offset)> Records { get; } = new();

    public volatile Exception? Failure;

    public void OnAssigned(IReadOnlyList<TopicPartition> partitions) =>
        Note("assigned", partitions, partition => Owned[partition] = 0);

    public void OnRevoked(IReadOnlyList<TopicPartition> partitions) =>
        Note(
            "revoked",
            partitions,
            partition =>
            {
                Revoking(partition);
                Owned.TryRemove(partition, out _);
            }
        );

    public void OnLost(IReadOnlyList<TopicPartition> partitions) =>
        Note("lost", partitions, partition => Owned.TryRemove(partition, out _));

    /// <summary>Leaves the group.</summary>
    public void Leave()
    {
        _stopped = true;
        _thread.Join();
        Consumer.Close();
    }

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
        Consumer.Dispose();
    }

    private void Note(string what, IReadOnlyList<TopicPartition> partitions, Action<TopicPartition> act)
    {
        foreach (var partition in partitions)
        {
            act(partition);
            Events.Enqueue($"{what} {partition.KafkaTopic}/{partition.Partition}");
        }
    }

    private void Run()
    {
        try
        {
            while (!_stopped)
            {
                if (Consumer.TryConsume(TimeSpan.FromMilliseconds(100), out var consumed))
                {
                    Records.Enqueue((consumed.Partition, consumed.Offset));
                    Consumer.Store(consumed.Partition, consumed.Offset + 1);
                }
            }
        }
        catch (KafkaFailureException failure)
        {
            Failure = failure;
        }
    }
}
