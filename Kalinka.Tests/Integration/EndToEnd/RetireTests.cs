using System.Globalization;
using System.Text.Json;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Kalinka.Tests.Common.Configuration;
using Kalinka.Tests.Common.Verbs;
using Kalinka.Tests.Integration.Seats;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>A broker is taken out of service while both daemons have work.</summary>
[TestFixture, NonParallelizable]
public sealed class RetireTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_broker_is_retired_under_load_and_comes_back_and_nothing_is_lost()
    {
        await using var landscape = await Landscape.StartAsync();
        var daemons = new[]
        {
            landscape.StartPub("pub-1", seats: 2),
            landscape.StartPub("pub-2", seats: 2),
            landscape.StartSub("sub-1", more: """, "Delivery": { "AbsentWait": "00:01:00" } """),
        };
        await Task.WhenAll(daemons.Select(daemon => daemon.WaitReadyAsync()));
        var (first, second) = (landscape.Brokers[0].Port, landscape.Brokers[1].Port);
        await using var left = await Device.ConnectAsync("left", first);
        await using var busy = await Device.ConnectAsync("busy", first);
        await using var right = await Device.ConnectAsync("right", second);
        using var stopLoad = new CancellationTokenSource();
        using var stopRight = new CancellationTokenSource();
        var load = SendAsync(left, busy, stopLoad.Token);
        var toAndFro = SendAsync(left, right, stopRight.Token);
        await Eventually.That(() => left.Received.Count > 300 && right.Received.Count > 300, Within, "a flow");

        // What is under way in this moment comes to its end while the broker is being retired.
        await stopRight.CancelAsync();
        var sent = await toAndFro;
        var ended = await RetireAsync(landscape);
        Assert.That(ended.ExitCode, Is.Zero, $"{ended.Output}\n{ended.Error}\n{Tail(daemons)}");
        Assert.That(ended.Output, Does.Contain("b2 can be switched off: 3 instances are done with it"));
        Assert.That(daemons.Select(daemon => StateOf(daemon, "b2")), Is.All.EqualTo("standby"));

        await LeaveSessionAsync(landscape, "b2", landscape.Brokers[1]);

        // The device moves; whatever its old broker had accepted for it, it would find there.
        await right.DisconnectAsync();
        await using var rightAsItWas = await Device.ConnectAsync("right", second);
        await right.ConnectAsync(first);
        await right.SendAsync(left.Name, 100_000);
        await left.SendAsync(right.Name, 100_000);
        await stopLoad.CancelAsync();
        sent.AddRange(await load);
        sent.AddRange(["right>left:100000", "left>right:100000"]);
        var ledger = new Ledger(sent, [left, busy, right, rightAsItWas]);
        await Eventually.That(() => ledger.Lost().Count == 0, Within, "every message has arrived");

        ended = await RetireAsync(landscape, "--undo");
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        await Eventually.That(
            () => new[] { daemons[0], daemons[2] }.All(daemon => StateOf(daemon, "b2") == "connected"),
            Within,
            "the broker is back in service"
        );
    }

    // As one leaves it that had not heard of the retirement when it connected, and died.
    private static async Task LeaveSessionAsync(Landscape landscape, string name, MosquittoBroker broker)
    {
        const string ClientId = "kalinka-pub-b2-1";
        Assert.That(await SeatStack.ExistsAsync(broker, ClientId), Is.False);
        await using var client = new ZooKeeperClient(
            landscape.ZooKeeper.Options("/kalinka"),
            TimeProvider.System,
            NullLogger.Instance
        );
        client.Start();
        var records = new SessionRecords(client);
        await records.WriteAsync(name, ClientId, ["a"], CancellationToken.None);
        await Eventually.That(
            () => records.ListAsync(name, CancellationToken.None).GetAwaiter().GetResult().Length == 0,
            Within,
            "those that were done have ended it"
        );
        Assert.That(await SeatStack.ExistsAsync(broker, ClientId), Is.False);
    }

    private static async Task<Ended> RetireAsync(Landscape landscape, params string[] options)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file,
                ConfigurationText.Sub.With(
                    $$"""
                    { "Mqtt": { "Brokers": [ { "Name": "b2", "Address": "mqtt://127.0.0.1:{{landscape.Brokers[
                        1
                    ].Port}}" } ] },
                      "ZooKeeper": { "ConnectionString": "{{landscape.ZooKeeper.ConnectionString}}/kalinka" } }
                    """
                )
            );
            return await Executable.RunAsync(
                Executable.Sub,
                ["retire", "b2", "--config", file, "--wait", "00:00:50", .. options]
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Tail(IEnumerable<Daemon> daemons) =>
        string.Join("\n\n", daemons.Select(daemon => string.Join('\n', daemon.Output.TakeLast(25))));

    private static string? StateOf(Daemon daemon, string broker)
    {
        using var response = daemon.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/status"));
        return JsonElement
            .Parse(new StreamReader(response.Content.ReadAsStream()).ReadToEnd())
            .GetProperty("brokers")
            .EnumerateArray()
            .Single(each => each.GetProperty("name").GetString() == broker)
            .GetProperty("state")
            .GetString();
    }

    private static async Task<List<string>> SendAsync(Device one, Device other, CancellationToken stop)
    {
        var sent = new List<string>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            await Task.WhenAll(one.SendAsync(other.Name, number), other.SendAsync(one.Name, number));
            sent.AddRange([
                string.Create(CultureInfo.InvariantCulture, $"{one.Name}>{other.Name}:{number}"),
                string.Create(CultureInfo.InvariantCulture, $"{other.Name}>{one.Name}:{number}"),
            ]);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return sent;
    }
}
