using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

[TestFixture]
internal sealed class InFlightTests
{
    [Test]
    public void An_identifier_rests_as_long_as_possible_before_it_is_used_again()
    {
        var identifiers = new PacketIdentifiers(3);
        identifiers.TryTake(out var first);
        identifiers.Return(first);
        var next = Enumerable.Range(0, 3).Select(_ => identifiers.TryTake(out var taken) ? taken : 0).ToArray();
        Assert.That(next, Is.EqualTo(new[] { 2, 3, 1 }));
        Assert.That(identifiers.TryTake(out _), Is.False);
    }

    [Test]
    public void All_65535_identifiers_can_be_in_flight()
    {
        var identifiers = new PacketIdentifiers(ushort.MaxValue);
        var inFlight = new InFlightPublishes(ushort.MaxValue);
        while (identifiers.TryTake(out var taken))
        {
            inFlight.Add(taken, taken);
        }

        Assert.That(inFlight.Count, Is.EqualTo(65_535));
        Assert.That(inFlight.TryRemove(0, out _), Is.False);
        Assert.That(inFlight.TryRemove(65_535, out var token), Is.True);
        Assert.That(token, Is.EqualTo(65_535));
    }

    [Test]
    public void It_behaves_like_a_list_of_pairs() => Law.Holds<int[]?>(steps => BehavesLikeAList(steps ?? []));

    private static bool BehavesLikeAList(int[] steps)
    {
        var identifiers = new PacketIdentifiers(10);
        var inFlight = new InFlightPublishes(10);
        var model = new List<(ushort Identifier, long Token)>();
        foreach (var step in steps)
        {
            if (step % 3 != 0 && identifiers.TryTake(out var taken))
            {
                inFlight.Add(taken, step);
                model.Add((taken, step));
            }
            else if (!RemovesLikeTheModel(inFlight, identifiers, model, (ushort)((uint)step % 12)))
            {
                return false;
            }
        }

        var left = new List<long>();
        while (inFlight.TryRemoveOldest(out var token))
        {
            left.Add(token);
        }

        return left.SequenceEqual(model.Select(pair => pair.Token)) && inFlight.Count == 0;
    }

    private static bool RemovesLikeTheModel(
        InFlightPublishes inFlight,
        PacketIdentifiers identifiers,
        List<(ushort Identifier, long Token)> model,
        ushort identifier
    )
    {
        var expected = model.FindIndex(pair => pair.Identifier == identifier);
        if (!inFlight.TryRemove(identifier, out var token))
        {
            return expected < 0;
        }

        identifiers.Return(identifier);
        var same = expected >= 0 && model[expected].Token == token;
        model.RemoveAt(expected);
        return same;
    }
}
