using Confluent.Kafka;
using Kalinka.QuickStart.Ledger;

namespace Kalinka.QuickStart;

/// <summary>A system that speaks Kafka: it reads what devices report and answers each of them.</summary>
internal sealed class BackEndSystem : IAsyncDisposable
{
    public const string Name = "backend";

    /// <summary>Where the mapping rules put what devices report.</summary>
    public const string Reports = $"mqtt.{Name}";

    /// <summary>Where the mapping rules find what goes to devices.</summary>
    public const string Answers = $"{Name}.mqtt";

    private readonly MessageLedger _ledger;
    private readonly IConsumer<string, byte[]> _consumer;
    private readonly IProducer<string, byte[]> _producer;
    private readonly CancellationTokenSource _stopping = new();

    public BackEndSystem(string bootstrapServers, MessageLedger ledger)
    {
        _ledger = ledger;
        _consumer = new ConsumerBuilder<string, byte[]>(
            new ConsumerConfig
            {
                BootstrapServers = bootstrapServers,
                GroupId = Name,
                AutoOffsetReset = AutoOffsetReset.Earliest,
                // The mock answers a fetch that finds nothing only at the end of this time.
                FetchWaitMaxMs = 10,
            }
        ).Build();
        _producer = new ProducerBuilder<string, byte[]>(
            new ProducerConfig
            {
                BootstrapServers = bootstrapServers,
                EnableIdempotence = true,
                LingerMs = 0,
                Partitioner = Partitioner.Murmur2Random,
            }
        ).Build();
        Completion = Task.Factory.StartNew(Run, TaskCreationOptions.LongRunning);
    }

    /// <summary>Faults when the system cannot go on.</summary>
    public Task Completion { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _consumer.Dispose();
        _producer.Dispose();
        _stopping.Dispose();
    }

    private void Run()
    {
        _consumer.Subscribe(Reports);
        while (!_stopping.IsCancellationRequested)
        {
            if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } report)
            {
                Answer(report);
            }
        }

        _consumer.Close();
    }

    private void Answer(ConsumeResult<string, byte[]> report)
    {
        var payload = Payload.Parse(report.Message.Value);
        var device = report.Message.Key;
        // Opened before the report is booked: at no moment does the ledger look balanced while an answer is due.
        var answer = payload with
        {
            Id = _ledger[Direction.BackEndToDevice].Open(),
        };
        _ledger.Arrive(
            Direction.DeviceToBackEnd,
            payload.Id,
            $"{device} -> {report.Topic}, partition {report.Partition.Value}, offset {report.Offset.Value}"
        );
        _producer.Produce(Answers, new Message<string, byte[]> { Key = device, Value = answer.ToUtf8() });
    }
}
