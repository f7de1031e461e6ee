using System.Text;
using Kalinka.Tests.Integration.EndToEnd;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Seats;

/// <summary>A device at every broker that sends numbers, and the ledger of what came of them.</summary>
internal sealed class SeatLoad : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private const string System = "seats";
    private const string KafkaTopic = $"mqtt.{System}";

    private readonly Landscape _landscape;
    private readonly string _test;
    private readonly int _before;
    private readonly List<StubbornDevice> _devices;

    private SeatLoad(Landscape landscape, string test)
    {
        (_landscape, _test) = (landscape, test);
        _before = Count();
        _devices =
        [
            .. landscape.Brokers.Select(
                (broker, n) => new StubbornDevice(broker.Port, $"mqtt/{test}d{n}/{System}/pub")
            ),
        ];
    }

    public int Sent => _devices.Sum(device => device.Sent);

    /// <summary>Before the instances start: a topic that they do not know yet would make dead letters.</summary>
    public static Task PrepareAsync(Landscape landscape) => landscape.Kafka.CreateTopicAsync(KafkaTopic);

    /// <param name="test">Distinguishes the devices of one test from those of others.</param>
    public static async Task<SeatLoad> StartAsync(Landscape landscape, string test)
    {
        var load = new SeatLoad(landscape, test);
        load._devices.ForEach(device => device.Start());
        await Eventually.That(() => load.Count() > load._before + 100, Soon, "messages flow");
        return load;
    }

    /// <summary>Sending goes on for this long, and never without progress at any broker.</summary>
    public async Task GoOnAsync(TimeSpan time)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < time)
        {
            var before = _devices.Select(device => device.Sent).ToList();
            await Eventually.That(
                () => _devices.Zip(before).All(pair => pair.First.Sent > pair.Second + 5),
                Soon,
                "every broker takes messages"
            );
        }
    }

    /// <summary>Stops sending, waits until everything is in Kafka, and says how many came more than once.</summary>
    /// <exception cref="AssertionException">Something is missing.</exception>
    public async Task<SeatLedger> SettleAsync()
    {
        var sent = new List<string>();
        for (var n = 0; n < _devices.Count; n++)
        {
            sent.AddRange(Enumerable.Range(0, await _devices[n].StopAsync()).Select(number => $"{_test}d{n}:{number}"));
        }

        var records = new List<string>();
        var missing = sent;
        try
        {
            await Eventually.That(
                () =>
                {
                    records = Read();
                    missing = [.. sent.Except(records)];
                    return missing.Count == 0;
                },
                Soon,
                $"{sent.Count} messages are in Kafka"
            );
        }
        catch (AssertionException late)
        {
            throw new AssertionException(
                $"{late.Message}; {records.Count} records, missing {missing.Count}: {string.Join(' ', missing.Take(10))}",
                late
            );
        }

        return new SeatLedger(sent.Count, records.Count - sent.Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }
    }

    private int Count() => TopicReader.Count(_landscape.Kafka.BootstrapServers, KafkaTopic);

    private List<string> Read() =>
        [
            .. TopicReader
                .Read(_landscape.Kafka.BootstrapServers, KafkaTopic, 1, Count(), Soon)
                .Skip(_before)
                .Select(record =>
                    $"{Encoding.UTF8.GetString(record.Message.Key!)}:{Encoding.ASCII.GetString(record.Message.Value!)}"
                ),
        ];
}

/// <param name="Sent">All of them arrived.</param>
internal readonly record struct SeatLedger(int Sent, int Repeated);
