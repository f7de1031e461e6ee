using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;

namespace Kalinka.Common.Kafka;

/// <summary>
/// Kafka refuses a batch as a whole when it, or one record in it, breaks a rule of the topic (its
/// <c>max.message.bytes</c>, say). Java's producer splits such a batch (KIP-126), librdkafka fails every record of it.
/// So these records go once more, each in a batch of its own, by a second client that is made when it is first needed;
/// what fails again has failed by itself. So does what failed for a reason that says nothing about the record
/// (<c>UNKNOWN_SERVER_ERROR</c>, say). They arrive behind records that were produced after them.
/// </summary>
internal sealed unsafe class LoneRecords(KafkaOptions options, string clientId)
{
    private volatile ClientHandle? _client;

    /// <summary>Reports of such records are still to come.</summary>
    public bool IsBusy => _client is { } client && LibRdKafka.OutQueueLength(client.Pointer) > 0;

    /// <summary>The next event of the second client, or 0. On the report thread.</summary>
    public nint PollEvent() => _client is { } client ? LibRdKafka.QueuePoll(client.Events, 0) : 0;

    /// <summary>True when the record is on its way again, and its report still to come. On the report thread.</summary>
    public bool TrySend(NativeMessage* message)
    {
        if (!MayBeFineAlone(message->Error) || (_client?.Owns(message->Topic) ?? false))
        {
            return false;
        }

        var client = _client ??= Connect();
        var code = ProduceCall.OfThisThread.Send(
            client.Pointer,
            client.OpenTopic(message->TopicName),
            message->Partition,
            message->HasKey,
            message->Key,
            message->Value,
            NativeMessage.CopyHeaders(message),
            LibRdKafka.MessageTimestamp(message, out _),
            message->Token,
            message->HasValue
        );
        return code == ErrorCode.NoError;
    }

    public void Flush(int timeoutMs)
    {
        if (_client is { } client)
        {
            LibRdKafka.Flush(client.Pointer, timeoutMs);
        }
    }

    public void Purge(int flags)
    {
        if (_client is { } client)
        {
            LibRdKafka.Purge(client.Pointer, flags);
        }
    }

    /// <summary>After the report thread has ended.</summary>
    public void Close() => _client?.Dispose();

    private static bool MayBeFineAlone(ErrorCode code) =>
        ProduceErrors.OfReport(code) switch
        {
            RecordError.TooLarge or RecordError.Other => true,
            _ => code is ErrorCode.InvalidRecord or ErrorCode.InvalidTimestamp,
        };

    private ClientHandle Connect()
    {
        using var configuration = new ClientConfiguration();
        return configuration.Build(
            LibRdKafka.Producer,
            ProducerProperties.Of(options, clientId).Append(new("batch.num.messages", "1"))
        );
    }
}
