using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>The pipeline of sub between real servers.</summary>
internal sealed class SubStackTests
{
    private const int Records = 20_000;

    private SubStack _stack = null!;

    [SetUp]
    public async Task SetUp() => _stack = await SubStack.StartAsync(partitions: 4);

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task A_drain_in_the_middle_of_the_traffic_makes_no_duplicates_and_loses_nothing()
    {
        await PlaceFleetAsync();
        _stack.Produce(Fleet());
        await using (var first = _stack.Run("i1"))
        {
            await Eventually.That(() => _stack.Heard.Count > 2_000, SubStack.Within, "some of them");
            await first.StopAsync();
        }

        Assert.That(_stack.Heard, Has.Count.LessThan(Records), "the drain came in the middle");
        await using var second = _stack.Run("i2");
        await AllHeardOnceAsync();
    }

    [Test]
    public async Task A_rebalance_in_the_middle_of_the_traffic_makes_no_duplicates_and_loses_nothing()
    {
        await PlaceFleetAsync();
        await using var first = _stack.Run("i1");
        await first.ReadyAsync();
        _stack.Produce(Fleet());
        await Eventually.That(() => _stack.Heard.Count > 100, SubStack.Within, "some of them");
        await using var second = _stack.Run("i2");
        await second.ReadyAsync();
        await AllHeardOnceAsync();
    }

    [Test]
    public async Task A_client_that_moves_is_followed_and_one_that_comes_is_waited_for()
    {
        await using var sub = _stack.Run("i1");
        await sub.ReadyAsync();
        await _stack.PlaceAsync("b1", "mover");
        _stack.Produce([("mover", "1"), ("comer", "2")]);
        await Eventually.That(() => _stack.Heard.ContainsKey(("b1", "1")), SubStack.Within, "at its first broker");
        await _stack.ReadAsync("mover");
        await _stack.PlaceAsync("b2", "mover");
        await _stack.PlaceAsync("b2", "comer");
        _stack.Produce([("mover", "3")]);
        await Eventually.That(() => _stack.Heard.ContainsKey(("b2", "3")), SubStack.Within, "at its second broker");
        await Eventually.That(() => _stack.Heard.ContainsKey(("b2", "2")), SubStack.Within, "who came late");
    }

    [Test]
    public async Task A_broker_that_dies_and_comes_back_gets_all_that_is_its()
    {
        await PlaceFleetAsync();
        await using var sub = _stack.Run("i1");
        await sub.ReadyAsync();
        await _stack.Brokers[1].KillAsync();
        _stack.Produce([("c1", "for b2"), ("c0", "for b1")]);
        await Eventually.That(() => _stack.Heard.ContainsKey(("b1", "for b1")), SubStack.Within, "the other broker's");
        await _stack.Brokers[1].RestartAsync();

        // Its device has not come back: 0x10, until AbsentWait is over, then a dead letter.
        var letters = await Task.Run(() =>
            TopicReader.Read(_stack.BootstrapServers, "kalinka.dead-letter", 1, 1, SubStack.Within)
        );
        Assert.That(System.Text.Encoding.UTF8.GetString(letters[0].Message.Value!), Is.EqualTo("for b2"));
    }

    private static IEnumerable<(string Client, string Value)> Fleet() =>
        Enumerable.Range(0, Records).Select(number => ($"c{number % 200}", $"{number}"));

    private async Task PlaceFleetAsync()
    {
        await _stack.PlaceAsync("b1", [.. Enumerable.Range(0, 100).Select(number => $"c{number * 2}")]);
        await _stack.PlaceAsync("b2", [.. Enumerable.Range(0, 100).Select(number => $"c{(number * 2) + 1}")]);
    }

    private async Task AllHeardOnceAsync()
    {
        await Eventually.That(() => _stack.Heard.Count == Records, SubStack.Within, "all of them");
        Assert.That(_stack.Heard.Where(heard => heard.Value != 1), Is.Empty);
        Assert.That(_stack.Heard.Keys.All(heard => (int.Parse(heard.Payload) % 2) == (heard.Broker == "b1" ? 0 : 1)));
    }
}
