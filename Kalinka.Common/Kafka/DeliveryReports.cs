using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;

namespace Kalinka.Common.Kafka;

/// <summary>Hands the delivery reports of one event on: runs of successes as spans, failures one by one.</summary>
internal sealed unsafe class DeliveryReports(ClientHandle client, IDeliveryReports reports, LoneRecords loneRecords)
{
    private const int BatchSize = 1024;

    // The report thread.
    private readonly nint[] _messages = new nint[BatchSize];
    private readonly long[] _tokens = new long[BatchSize];

    // Any thread.
    private int _outstanding;

    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Before a record is handed over, so that its report cannot come first.</summary>
    public void Expect() => Interlocked.Increment(ref _outstanding);

    /// <summary>The record was refused: no report will come.</summary>
    public void Forget() => Interlocked.Decrement(ref _outstanding);

    /// <summary>All reports of the event. On the report thread.</summary>
    public void Read(nint deliveryEvent)
    {
        fixed (nint* messages = _messages)
        {
            int count;
            while ((count = (int)LibRdKafka.EventMessageArray(deliveryEvent, (NativeMessage**)messages, BatchSize)) > 0)
            {
                Report((NativeMessage**)messages, count);
            }
        }
    }

    private void Report(NativeMessage** messages, int count)
    {
        var delivered = 0;
        for (var index = 0; index < count; index++)
        {
            if (messages[index]->Error == ErrorCode.NoError)
            {
                _tokens[delivered++] = messages[index]->Token;
                continue;
            }

            ReportDelivered(delivered);
            delivered = 0;
            TakeFailed(messages[index]);
        }

        ReportDelivered(delivered);
    }

    private void ReportDelivered(int count)
    {
        if (count > 0)
        {
            reports.OnDelivered(_tokens.AsSpan(0, count));
            Interlocked.Add(ref _outstanding, -count);
        }
    }

    /// <summary>A producer that cannot go on gives up what it holds: that says nothing about these records.</summary>
    private void TakeFailed(NativeMessage* message)
    {
        if (client.FatalReason is not null)
        {
            ReportFailed(message, RecordError.Purged);
        }
        else if (!loneRecords.TrySend(message))
        {
            ReportFailed(message, ProduceErrors.OfReport(message->Error));
        }
    }

    private void ReportFailed(NativeMessage* message, RecordError error)
    {
        var failed = new FailedRecord
        {
            KafkaTopic = message->TopicName,
            HasKey = message->HasKey,
            Key = message->Key,
            Value = message->Value,
            Headers = NativeMessage.CopyHeaders(message),
        };
        var description = NativeText.Read(LibRdKafka.ErrorToString(message->Error));
        reports.OnFailed(message->Token, error, description, in failed);
        Interlocked.Decrement(ref _outstanding);
    }
}
