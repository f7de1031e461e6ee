namespace Kalinka.Sub.Deliveries;

/// <summary>
/// A list whose links are in its items, so that it allocates nothing and an item leaves from any place in O(1). An item
/// is in one chain of its type at most. One thread.
/// </summary>
internal sealed class Chain<T>
    where T : class, IChained<T>
{
    private T? _last;

    public T? First { get; private set; }

    public int Count { get; private set; }

    public void AddFirst(T item) => Enter(item, previous: null, next: First);

    public void AddLast(T item) => Enter(item, previous: _last, next: null);

    public void Remove(T item)
    {
        Join(item.Previous, item.Next);
        item.Previous = item.Next = null;
        Count--;
    }

    private void Enter(T item, T? previous, T? next)
    {
        Join(previous, item);
        Join(item, next);
        Count++;
    }

    // Null stands for what is before the first and behind the last.
    private void Join(T? one, T? other)
    {
        if (one is null)
        {
            First = other;
        }
        else
        {
            one.Next = other;
        }

        if (other is null)
        {
            _last = one;
        }
        else
        {
            other.Previous = one;
        }
    }
}

/// <summary>An item of a <see cref="Chain{T}"/>, which alone sets the links.</summary>
internal interface IChained<T>
    where T : class
{
    T? Previous { get; set; }

    T? Next { get; set; }
}
