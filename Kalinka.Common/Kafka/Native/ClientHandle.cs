using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Kalinka.Common.Kafka.Native;

/// <summary><c>rd_kafka_t</c> and the topic objects that were made for it, which must go before it goes.</summary>
internal sealed class ClientHandle : SafeHandle
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, nint> _topics = [];
    private readonly nint _events;

    public ClientHandle(nint client)
        : base(0, ownsHandle: true)
    {
        SetHandle(client);
        LibRdKafka.SetLogQueue(client, 0);
        _events = LibRdKafka.QueueGetMain(client);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The raw pointer, for calls that cannot overlap with the handle's end.</summary>
    public nint Pointer => handle;

    /// <summary>The main queue, on which the client's events wait.</summary>
    public nint Events => _events;

    /// <summary>Why the client cannot go on, or null.</summary>
    public unsafe string? FatalReason
    {
        get
        {
            var text = stackalloc byte[NativeText.BufferSize];
            var code = LibRdKafka.FatalError(handle, text, NativeText.BufferSize);
            return code == ErrorCode.NoError ? null : $"{NativeText.Read(text)} ({code})";
        }
    }

    /// <summary>The <c>rd_kafka_topic_t</c> of that name: one for the life of the client. Any thread; does not block.</summary>
    /// <exception cref="KafkaFailureException">librdkafka refuses the name.</exception>
    public nint OpenTopic(string name)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            if (!_topics.TryGetValue(name, out var topic))
            {
                topic = LibRdKafka.TopicNew(handle, name, 0);
                _topics[name] = topic != 0 ? topic : throw new KafkaFailureException($"No topic object for {name}");
            }

            return topic;
        }
    }

    /// <summary>Whether the <c>rd_kafka_topic_t</c> was made here.</summary>
    public bool Owns(nint topic)
    {
        lock (_lock)
        {
            return _topics.ContainsValue(topic);
        }
    }

    protected override bool ReleaseHandle()
    {
        foreach (var topic in _topics.Values)
        {
            LibRdKafka.TopicDestroy(topic);
        }

        LibRdKafka.QueueDestroy(_events);
        LibRdKafka.Destroy(handle);
        return true;
    }
}
