namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// Goes through every state that two instances can come to: with two seats and one fault on a path, and with one seat and
/// three faults.
/// </summary>
[TestFixture(2, 1)]
[TestFixture(1, 3)]
public sealed class ProtocolTests(int seats, int mostFaults)
{
    private Dictionary<string, Visited> _reached = null!;

    [OneTimeSetUp]
    public void Explore()
    {
        var start = ProtocolModel.Start(seats);
        _reached = new() { [start.Key] = new(start, null, "start") };
        var frontier = new Queue<ModelState>([start]);
        while (frontier.TryDequeue(out var state))
        {
            if (state.Takeovers > ModelState.War)
            {
                continue;
            }

            var faults = state.Faults < mostFaults ? ProtocolModel.Faults(state) : [];
            foreach (var step in ProtocolModel.Steps(state).Concat(faults))
            {
                if (_reached.TryAdd(step.Next.Key, new Visited(step.Next, state.Key, step.What)))
                {
                    frontier.Enqueue(step.Next);
                }
            }
        }

        TestContext.Progress.WriteLine($"{seats} seats, {mostFaults} faults: {_reached.Count} states");
    }

    [Test]
    public void Never_do_two_believe_to_be_the_confirmed_owner_of_one_seat() =>
        AssertNowhere(state =>
            Enumerable.Range(0, seats).Any(seat => state.Instances.All(instance => instance.ConfirmedOwner(seat)))
        );

    /// <summary>Each fault and each lost patience costs one connection taken away, and one to take it back, per seat.</summary>
    [Test]
    public void There_is_no_war_the_takeovers_are_bounded_by_the_faults_and_the_waits() =>
        AssertNowhere(state => state.Takeovers > 2 * seats * state.Faults + 2 * state.Waits);

    [Test]
    public void Without_a_fault_nothing_is_taken_away_and_a_drained_handover_repeats_nothing() =>
        AssertNowhere(state => state.Faults == 0 && (state.Takeovers > 0 || state.Repeated));

    [Test]
    public void From_everywhere_things_come_to_a_state_in_which_every_seat_is_held_and_read()
    {
        var good = _reached
            .Values.Where(visited => visited.State.IsGood)
            .Select(visited => visited.State.Key)
            .ToHashSet();
        Assert.That(good, Is.Not.Empty);
        var before = new Dictionary<string, List<string>>();
        foreach (var (key, visited) in _reached)
        {
            foreach (var step in ProtocolModel.Steps(visited.State))
            {
                (before.TryGetValue(step.Next.Key, out var list) ? list : before[step.Next.Key] = []).Add(key);
            }
        }

        var reaching = new Queue<string>(good);
        while (reaching.TryDequeue(out var key))
        {
            foreach (var earlier in before.GetValueOrDefault(key, []).Where(good.Add))
            {
                reaching.Enqueue(earlier);
            }
        }

        AssertNowhere(state => !good.Contains(state.Key));
    }

    private void AssertNowhere(Func<ModelState, bool> wrong)
    {
        var found = _reached.Values.FirstOrDefault(visited => wrong(visited.State));
        Assert.That(found, Is.Null, () => found is null ? "" : string.Join('\n', Way(found).Reverse()));
    }

    private IEnumerable<string> Way(Visited to)
    {
        for (var at = to; ; at = _reached[at.From])
        {
            yield return $"{at.What, -40} {at.State}";
            if (at.From is null)
            {
                yield break;
            }
        }
    }

    private sealed record Visited(ModelState State, string? From, string What);
}
