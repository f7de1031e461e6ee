using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Kafka;

/// <summary>
/// The producer, on librdkafka's own interface: one call for a record, reports in batches, nothing allocated here for
/// either. No call may overlap with <see cref="Dispose"/>, and none may come from the report thread but
/// <see cref="TryProduce"/>.
/// </summary>
public sealed class RecordProducer : IRecordProducer
{
    private readonly ClientHandle _client;
    private readonly LoneRecords _loneRecords;
    private readonly DeliveryReports _deliveries;
    private readonly ProducerEvents _events;
    private readonly ClientErrors _errors;
    private readonly TimeProvider _time;
    private bool _disposed;

    /// <param name="clientId">Names this client to the brokers, unless <c>client.id</c> is configured.</param>
    /// <exception cref="KafkaFailureException">The properties make no producer: see <see cref="KafkaProperties"/>.</exception>
    public RecordProducer(
        KafkaOptions options,
        string clientId,
        IDeliveryReports reports,
        ILogger logger,
        TimeProvider? time = null
    )
    {
        RdKafkaLibrary.Load(logger);
        using var configuration = new ClientConfiguration();
        _client = configuration.Build(LibRdKafka.Producer, ProducerProperties.Of(options, clientId));
        _time = time ?? TimeProvider.System;
        _errors = new ClientErrors(logger, _time);
        _loneRecords = new LoneRecords(options, clientId);
        _deliveries = new DeliveryReports(_client, reports, _loneRecords);
        _events = new ProducerEvents(_client, _loneRecords, _deliveries, reports, _errors, logger);
    }

    /// <summary>What librdkafka last complained of, or null.</summary>
    public string? LastError => _errors.Last;

    public int Outstanding => _deliveries.Outstanding;

    internal ClientHandle Client => _client;

    internal ClientErrors Errors => _errors;

    /// <summary>Raised on the report thread when no broker can be reached any more.</summary>
    internal event Action? BrokersLost
    {
        add => _events.BrokersLost += value;
        remove => _events.BrokersLost -= value;
    }

    public ProduceResult TryProduce(
        KafkaTopic kafkaTopic,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token
    ) => Send(kafkaTopic, hasKey, key, value, hasValue: true, headers, timestampMs, token);

    /// <summary>A record without a value, which takes its key out of a compacted topic. Else like any other.</summary>
    public ProduceResult TryProduceTombstone(
        KafkaTopic kafkaTopic,
        ReadOnlySpan<byte> key,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token
    ) => Send(kafkaTopic, hasKey: true, key, default, hasValue: false, headers, timestampMs, token);

    public bool Flush(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var started = _time.GetTimestamp();
        LibRdKafka.Flush(_client.Pointer, Milliseconds(timeout));
        _loneRecords.Flush(Milliseconds(timeout - _time.GetElapsedTime(started)));
        return Outstanding == 0;
    }

    public void Purge()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        LibRdKafka.Purge(_client.Pointer, LibRdKafka.PurgeQueue | LibRdKafka.PurgeInFlight);
        _loneRecords.Purge(LibRdKafka.PurgeQueue | LibRdKafka.PurgeInFlight);
    }

    /// <summary>What has not been reported by now never is: flush first.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _events.Dispose();
            _loneRecords.Close();
            _client.Dispose();
        }
    }

    private ProduceResult Send(
        KafkaTopic kafkaTopic,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        bool hasValue,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token
    )
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _deliveries.Expect();
        var code = ProduceCall.OfThisThread.Send(
            _client.Pointer,
            kafkaTopic.Handle,
            kafkaTopic.Partition,
            hasKey,
            key,
            value,
            headers,
            timestampMs,
            token,
            hasValue
        );
        if (code == ErrorCode.NoError)
        {
            return ProduceResult.Queued;
        }

        _deliveries.Forget();
        return ProduceErrors.OfCall(code);
    }

    private static int Milliseconds(TimeSpan timeout) => (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue);
}
